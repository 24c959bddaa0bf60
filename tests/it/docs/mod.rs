//! The documents: what they print is what the program prints, what they state is what it does, and what they cite is there.

mod citations;
mod readme;
mod specification;
