/// What is known beside a file's text.
#[derive(Clone, Copy)]
pub struct Surroundings<'a> {
    /// The file's name, without its folder; empty where it has none.
    pub file: &'a str,
    /// The region that the functions are meant for, where the user says one.
    pub region: Option<&'a str>,
    /// Reads a text file by its path from the file's folder. It refuses what is not below that folder, and what is large.
    pub read: &'a dyn Fn(&str) -> Result<String, String>,
}

impl Surroundings<'_> {
    /// No name, no region, no other files.
    pub const NONE: Surroundings<'static> =
        Surroundings { file: "", region: None, read: &|_| Err("other files are not read".to_owned()) };
}
