//! Text of one manifest file to typed objects, each problem with its line.
