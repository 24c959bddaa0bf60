//! The package: what Cargo.toml promises of it.

use std::process::Command;

use serde_json::Value;

/// What a program writes to standard output.
fn written(program: &str, arguments: &[&str]) -> Vec<u8> {
    let output = Command::new(program).args(arguments).current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

#[test]
fn no_dependency_asks_for_a_newer_compiler_than_the_package() {
    let compiler = String::from_utf8(written("rustc", &["-vV"])).unwrap();
    let host = compiler.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
    let asked = ["metadata", "--format-version", "1", "--locked", "--offline", "--filter-platform", host];
    let metadata: Value = serde_json::from_slice(&written(env!("CARGO"), &asked)).unwrap();
    // 1.95 is 1.95.0.
    let numbers = |version: &str| {
        let mut numbers: Vec<u32> = version.split('.').map(|part| part.parse().unwrap()).collect();
        numbers.resize(3, 0);
        numbers
    };
    let promised = numbers(env!("CARGO_PKG_RUST_VERSION"));
    let mut said = 0;
    for package in metadata["packages"].as_array().unwrap() {
        let Some(needed) = package["rust_version"].as_str() else { continue };
        said += 1;
        assert!(numbers(needed) <= promised, "{} {} needs Rust {needed}", package["name"], package["version"]);
    }
    assert!(said > 100, "only {said} packages say what they need");
}
