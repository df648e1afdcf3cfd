//! Modules that hold modules.

mod module_dict; // by name
mod module_list; // by position
mod sequential; // one after the other

pub use module_dict::ModuleDict;
pub use module_list::ModuleList;
pub use sequential::Sequential;
