//! The whole list of operations.

use crate::program::Operation;
use crate::{
    arithmetic, conv, elementwise, extremes, index, join, linear, norm, normalization, order, pooling, power,
    rearrange, reduce, shape, table,
};

pub(crate) fn operations() -> Vec<Operation> {
    let families = [
        arithmetic::operations(),
        elementwise::operations(),
        power::operations(),
        reduce::operations(),
        extremes::operations(),
        order::operations(),
        norm::operations(),
        linear::operations(),
        conv::operations(),
        pooling::operations(),
        normalization::operations(),
        shape::operations(),
        rearrange::operations(),
        index::operations(),
        join::operations(),
        table::operations(),
    ];
    families.into_iter().flatten().collect()
}
