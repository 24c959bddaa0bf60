//! Recorded picks compared with what is decided now.

mod causes;
mod rows;
