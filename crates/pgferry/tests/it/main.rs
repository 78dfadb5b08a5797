//! The binary itself, on real servers: whole moves, faults in the middle of them, and what it says of bad input.

mod differences;
mod faults;
mod matrix;
mod messages;
mod resume;
mod words;
