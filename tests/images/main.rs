//! Images from a real registry: what is resolved, checked and pulled, who must have signed, and what a registry can do to us.

mod logins;
mod pulls;
mod registry;
mod sign;
mod signatures;
