//! Prints a page for the picture in the guide.

#[path = "../tests/sample/mod.rs"]
mod sample;

fn main() {
    print!("{}", lambdactl_page::render(&sample::page()));
}
