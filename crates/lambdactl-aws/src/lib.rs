//! Signs and sends typed calls to AWS Lambda and reads an account into the current state
