use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{Environment, Error, UndefinedBehavior};

use crate::escape::formatter;
use crate::model::Page;
use crate::policy::{SCRIPT, STYLE, of_file};
use crate::view::View;

/// Makes the HTML of a page. The same page gives the same bytes.
///
/// 1,000 functions have less than 1 MB, whatever there is to say of them: the lines of those that come last are left out then,
/// and the page says so.
pub fn render(page: &Page) -> String {
    try_render(page).expect("the template is a part of the program, and takes whatever a page has")
}

fn try_render(page: &Page) -> Result<String, Error> {
    // Without filters, functions and other templates: the view has everything as it is to stand on the page.
    let mut environment = Environment::empty();
    environment.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_formatter(formatter);
    let template = environment.template_from_str(include_str!("page.html"))?;
    template.render(Serde(View::of(page, [&of_file(), STYLE, SCRIPT])))
}
