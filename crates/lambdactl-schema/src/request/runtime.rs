use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::limits;
use crate::open_enum::open_enum;
use crate::unlisted::UnlistedMembers;

open_enum! {
    /// What a function runs on. The list is the service's model of October 2026 and has retired runtimes in it.
    Runtime {
        Nodejs = "nodejs",
        Nodejs43 = "nodejs4.3",
        Nodejs610 = "nodejs6.10",
        Nodejs810 = "nodejs8.10",
        Nodejs10 = "nodejs10.x",
        Nodejs12 = "nodejs12.x",
        Nodejs14 = "nodejs14.x",
        Nodejs16 = "nodejs16.x",
        Nodejs18 = "nodejs18.x",
        Nodejs20 = "nodejs20.x",
        Nodejs22 = "nodejs22.x",
        Nodejs24 = "nodejs24.x",
        Nodejs26 = "nodejs26.x",
        Nodejs43Edge = "nodejs4.3-edge",
        Java8 = "java8",
        Java8Al2 = "java8.al2",
        Java8Al2023 = "java8.al2023",
        Java11 = "java11",
        Java11Al2023 = "java11.al2023",
        Java17 = "java17",
        Java17Al2023 = "java17.al2023",
        Java21 = "java21",
        Java25 = "java25",
        Python27 = "python2.7",
        Python36 = "python3.6",
        Python37 = "python3.7",
        Python38 = "python3.8",
        Python39 = "python3.9",
        Python310 = "python3.10",
        Python311 = "python3.11",
        Python312 = "python3.12",
        Python313 = "python3.13",
        Python314 = "python3.14",
        Python315 = "python3.15",
        Dotnetcore10 = "dotnetcore1.0",
        Dotnetcore20 = "dotnetcore2.0",
        Dotnetcore21 = "dotnetcore2.1",
        Dotnetcore31 = "dotnetcore3.1",
        Dotnet6 = "dotnet6",
        Dotnet8 = "dotnet8",
        Dotnet10 = "dotnet10",
        Go1 = "go1.x",
        Ruby25 = "ruby2.5",
        Ruby27 = "ruby2.7",
        Ruby32 = "ruby3.2",
        Ruby33 = "ruby3.3",
        Ruby34 = "ruby3.4",
        Ruby40 = "ruby4.0",
        Provided = "provided",
        ProvidedAl2 = "provided.al2",
        ProvidedAl2023 = "provided.al2023",
        Custom = "custom",
    }
}

open_enum! {
    /// An instruction set.
    Architecture {
        X8664 = "x86_64",
        Arm64 = "arm64",
    }
}

/// A customer-managed runtime.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
#[schemars(deny_unknown_fields)]
pub struct RuntimeConfig {
    /// ARN of the runtime.
    #[schemars(length(min = 48, max = 2048), regex(pattern = limits::RUNTIME_ARN))]
    pub runtime_arn: String,

    /// The runtime's alias, 1 to 128 characters.
    #[schemars(length(min = 1, max = 128))]
    pub runtime_alias: String,

    /// Members that this build does not know, sent as they are.
    #[serde(flatten)]
    #[schemars(skip)]
    pub unlisted: UnlistedMembers,
}
