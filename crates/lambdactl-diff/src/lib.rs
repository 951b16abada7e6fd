//! Compares desired functions with the account and says what would be done
