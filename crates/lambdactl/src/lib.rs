//! Keeps AWS Lambda functions as lambda.yaml describes them
