//! Calls that read many functions at a time.

use std::collections::BTreeMap;

use reqwest::Method;
use serde_json::{Map, Value, json};

use crate::client::{Call, Client, Service};
use crate::error::CallError;
use crate::retry::Repeat;

/// Functions on a page of ListFunctions: the service gives no more, whatever is asked for (AWS documentation).
pub(crate) const LIST_PAGE: u64 = 50;
/// Resources on a page of GetResources.
const TAG_PAGE: u32 = 100;
/// Pages that are read at most: half a million functions.
const MOST_PAGES: usize = 10_000;

impl Client {
    /// Counts the functions of the account and region (GetAccountSettings).
    pub(crate) async fn function_count(&self) -> Result<u64, CallError> {
        let answer = self.get("GetAccountSettings", "/2016-08-19/account-settings".to_owned()).await?;
        answer["AccountUsage"]["FunctionCount"].as_u64().ok_or_else(|| self.unexpected("GetAccountSettings"))
    }

    /// Lists the configurations of all functions, by name (ListFunctions).
    pub(crate) async fn list_functions(&self) -> Result<BTreeMap<String, Map<String, Value>>, CallError> {
        let mut functions = BTreeMap::new();
        let mut marker: Option<String> = None;
        for _ in 0..MOST_PAGES {
            let mut path = format!("/2015-03-31/functions?MaxItems={LIST_PAGE}");
            if let Some(marker) = &marker {
                path +=
                    &format!("&Marker={}", percent_encoding::utf8_percent_encode(marker, super::operations::SEGMENT));
            }
            let mut page = self.get("ListFunctions", path).await?;
            let Value::Array(items) = page["Functions"].take() else {
                return Err(self.unexpected("ListFunctions"));
            };
            for item in items {
                if let Value::Object(configuration) = item
                    && let Some(name) = configuration.get("FunctionName").and_then(Value::as_str)
                {
                    functions.insert(name.to_owned(), configuration);
                }
            }
            match page["NextMarker"].as_str().filter(|next| !next.is_empty()) {
                Some(next) => marker = Some(next.to_owned()),
                None => return Ok(functions),
            }
        }
        Err(self.unexpected("ListFunctions"))
    }

    /// Reads the tags of all tagged functions, by the function's name (the tagging API's GetResources). A function that
    /// never had a tag is missing.
    pub(crate) async fn tagged_functions(&self) -> Result<BTreeMap<String, BTreeMap<String, String>>, CallError> {
        self.resources(None).await
    }

    async fn resources(
        &self,
        tag_filters: Option<Value>,
    ) -> Result<BTreeMap<String, BTreeMap<String, String>>, CallError> {
        let mut functions = BTreeMap::new();
        let mut token = String::new();
        for _ in 0..MOST_PAGES {
            let mut request = json!({ "ResourceTypeFilters": ["lambda:function"], "ResourcesPerPage": TAG_PAGE });
            if let Some(filters) = &tag_filters {
                request["TagFilters"] = filters.clone();
            }
            if !token.is_empty() {
                request["PaginationToken"] = json!(token);
            }
            let body = request.to_string();
            let call = Call {
                operation: "GetResources",
                service: Service::Tagging,
                method: Method::POST,
                path: "/".to_owned(),
                body: body.as_bytes(),
                repeat: Repeat::Safe,
            };
            let page = self.call(call).await?.json("GetResources", &self.connection().tagging)?;
            let items = page["ResourceTagMappingList"].as_array().ok_or_else(|| self.unexpected("GetResources"))?;
            for item in items {
                // arn:aws:lambda:REGION:ACCOUNT:function:NAME
                let name = item["ResourceARN"].as_str().and_then(|arn| arn.split(':').nth(6));
                let tags = item["Tags"].as_array().into_iter().flatten();
                let tags =
                    tags.filter_map(|tag| Some((tag["Key"].as_str()?.to_owned(), tag["Value"].as_str()?.to_owned())));
                if let Some(name) = name {
                    functions.insert(name.to_owned(), tags.collect());
                }
            }
            match page["PaginationToken"].as_str().filter(|next| !next.is_empty()) {
                Some(next) => token = next.to_owned(),
                None => return Ok(functions),
            }
        }
        Err(self.unexpected("GetResources"))
    }

    /// Names the functions that carry a tag with this value. The list may be behind the functions themselves.
    pub(crate) async fn functions_tagged(&self, key: &str, value: &str) -> Result<Vec<String>, CallError> {
        let filter = json!([{ "Key": key, "Values": [value] }]);
        Ok(self.resources(Some(filter)).await?.into_keys().collect())
    }

    /// Reads which functions have a code signing configuration: one call for the account, and one for each
    /// configuration that it has.
    pub(crate) async fn code_signed_functions(&self) -> Result<BTreeMap<String, String>, CallError> {
        let mut functions = BTreeMap::new();
        let configs = self
            .pages("ListCodeSigningConfigs", "/2020-04-22/code-signing-configs".to_owned(), "CodeSigningConfigs")
            .await?;
        for config in configs {
            let Some(arn) = config["CodeSigningConfigArn"].as_str() else { continue };
            let path = format!(
                "/2020-04-22/code-signing-configs/{}/functions",
                percent_encoding::utf8_percent_encode(arn, super::operations::SEGMENT)
            );
            for function in self.pages("ListFunctionsByCodeSigningConfig", path, "FunctionArns").await? {
                if let Some(name) = function.as_str().and_then(|arn| arn.split(':').nth(6)) {
                    functions.insert(name.to_owned(), arn.to_owned());
                }
            }
        }
        Ok(functions)
    }

    /// Reads a list to its end.
    async fn pages(&self, operation: &'static str, path: String, list: &str) -> Result<Vec<Value>, CallError> {
        let mut found = Vec::new();
        let mut page_path = path.clone();
        for _ in 0..MOST_PAGES {
            let mut page = self.get(operation, page_path).await?;
            let Value::Array(items) = page[list].take() else { return Err(self.unexpected(operation)) };
            found.extend(items);
            let Some(next) = page["NextMarker"].as_str().filter(|next| !next.is_empty()) else { return Ok(found) };
            page_path =
                format!("{path}?Marker={}", percent_encoding::utf8_percent_encode(next, super::operations::SEGMENT));
        }
        Err(self.unexpected(operation))
    }

    async fn get(&self, operation: &'static str, path: String) -> Result<Value, CallError> {
        let call =
            Call { operation, service: Service::Lambda, method: Method::GET, path, body: b"", repeat: Repeat::Safe };
        self.call(call).await?.json(operation, self.connection().endpoint())
    }

    fn unexpected(&self, operation: &'static str) -> CallError {
        let endpoint = match operation {
            "GetResources" => self.connection().tagging.clone(),
            _ => self.connection().endpoint().to_owned(),
        };
        CallError::NotJson { operation, endpoint, what: "JSON of another kind", status: 200 }
    }
}
