//! Says what the program is made of besides its sources: a file that is added to an embedded folder is not seen otherwise.

fn main() {
    for folder in ["queries", "data/demo"] {
        // Cargo looks through a folder that it is told of, with all below it.
        println!("cargo::rerun-if-changed={folder}");
    }
}
