//! Pages of lists: which part of one a request asks for.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use lambdactl_schema::operations::Paging;
use serde_json::{Value, json};

use crate::http::asked::Asked;
use crate::names::validation_errors;
use crate::service_error::ServiceError;

/// Rows of a page, whatever `MaxItems` says: documented for versions and functions, taken for the other lists of a function.
const PAGE_ROWS: usize = 50;

/// Returns the part of a list that a request asks for, under the member that its operation's row names. `most` is what
/// `MaxItems` may be (the service's model).
pub(crate) fn page(asked: &Asked, all: Vec<Value>, most: usize) -> Result<Value, ServiceError> {
    page_of(asked, all, most, PAGE_ROWS)
}

/// The same of a list whose pages have another length.
pub(crate) fn page_of(asked: &Asked, all: Vec<Value>, most: usize, page_rows: usize) -> Result<Value, ServiceError> {
    let Paging { items, input, output } = asked.operation.row().paging.expect("a list");
    let rows = rows(asked.member(Paging::SIZE), most)?.min(page_rows);
    let from = match asked.member(input) {
        Some(marker) => place(marker).filter(|place| *place <= all.len()).ok_or_else(|| {
            // The text could not be verified.
            ServiceError::invalid_parameter("The provided marker is invalid.")
        })?,
        None => 0,
    };
    let to = all.len().min(from + rows);
    let mut answer = json!({ items: all[from..to] });
    if to < all.len() {
        answer[output] = URL_SAFE_NO_PAD.encode(to.to_string()).into();
    }
    Ok(answer)
}

fn rows(wanted: Option<&str>, most: usize) -> Result<usize, ServiceError> {
    let Some(text) = wanted else { return Ok(usize::MAX) };
    let number: i64 =
        text.parse().map_err(|_| ServiceError::serialization("STRING_VALUE can not be converted to an Integer"))?;
    let bound = match usize::try_from(number) {
        Ok(number) if (1..=most).contains(&number) => return Ok(number),
        Ok(number) if number > most => format!("less than or equal to {most}"),
        _ => "greater than or equal to 1".to_owned(),
    };
    Err(validation_errors(&[format!(
        "Value '{text}' at 'maxItems' failed to satisfy constraint: Member must have value {bound}"
    )]))
}

fn place(marker: &str) -> Option<usize> {
    String::from_utf8(URL_SAFE_NO_PAD.decode(marker).ok()?).ok()?.parse().ok()
}
