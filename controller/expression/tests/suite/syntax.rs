//! What is no expression.

use weir_expression::Fault;

use crate::fixture::{errors, scope, value_of};

#[test]
fn what_is_no_expression_is_refused_with_what_is_needed() {
    errors(&[
        ("1 +", "} stands here, and a value is needed"),
        ("(1", "} stands here, and ) is needed"),
        ("1)", ") stands here, and an operator or the end is needed"),
        ("a b", "b stands here, and an operator or the end is needed"),
        ("a.", "a property, a method, ?[ or ![ is needed"),
        ("a.1", "a property, a method, ?[ or ![ is needed"),
        ("a[1", "] is needed"),
        ("a[]", "] stands here, and a value is needed"),
        ("#", "the name of a function, this or root is needed"),
        ("#name", "( and the arguments is needed"),
        ("'a'.trim(", "a value is needed"),
        ("'a'.trim(1", ", or ) is needed"),
        ("a ? b", ": and what it is otherwise is needed"),
        ("a = 1", "expressions change nothing: to compare, write =="),
        ("a++", "expressions change nothing: write + 1"),
        ("--a", "expressions change nothing"),
        ("@bean", "there are no beans here"),
        ("a & b", "& stands here"),
        ("a | b", "'|' means nothing here"),
        ("a ; b", "';' means nothing here"),
        ("`a`", "'`' means nothing here"),
        ("2 ^ 3 ^ 2", "^ stands here"),
        ("new", "nothing is called \"new\" here"),
        ("* 2", "* stands here, and a value is needed"),
    ]);
}

#[test]
fn words_are_names_where_no_operator_can_stand() {
    let limits = weir_expression::Limits::default();
    let scope = scope().with("and", &serde_json::json!({"or": {"not": 5}}));
    for (expression, wanted) in
        [("and.or.not", 5), ("#root.and.or.not", 5), ("{and: 5}.and", 5), ("{T: 5}.T", 5)]
    {
        let template = weir_expression::Template::parse(&format!("${{{expression}}}"), &limits).unwrap();
        assert_eq!(template.evaluate(&scope, &limits).unwrap(), wanted, "{expression}");
    }
}

#[test]
fn a_fault_of_syntax_is_told_from_one_of_evaluation() {
    assert!(matches!(value_of("1 +", &scope()).unwrap_err().fault(), Fault::Syntax(_)));
    assert!(matches!(value_of("1 / 0", &scope()).unwrap_err().fault(), Fault::DivisionByZero));
}
