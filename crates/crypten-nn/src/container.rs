//! Modules that hold modules.

mod graph; // as a graph of named values
mod module_dict; // by name
mod module_list; // by position
mod sequential; // one after the other

pub use graph::{Graph, GraphBuilder};
pub use module_dict::ModuleDict;
pub use module_list::ModuleList;
pub use sequential::Sequential;
