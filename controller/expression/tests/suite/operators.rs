//! Arithmetic, logic, conditions and their precedence.

use serde_json::json;

use crate::fixture::{errors, values};

#[test]
fn arithmetic_keeps_whole_numbers_whole() {
    values(&[
        ("1 + 2", json!(3)),
        ("1 - 2 - 3", json!(-4)),
        ("2 * 3.5", json!(7.0)),
        ("7 / 2", json!(3)),
        ("-7 / 2", json!(-3)),
        ("7 / 2.0", json!(3.5)),
        ("7 % 3", json!(1)),
        ("-7 % 3", json!(-1)),
        ("7.5 % 2", json!(1.5)),
        ("2 ^ 10", json!(1024)),
        ("2 ^ -1", json!(0.5)),
        ("4 ^ 0.5", json!(2.0)),
        ("(-1) ^ 99999999999", json!(-1)),
        ("0 ^ 99999999999", json!(0)),
        ("8 div 3", json!(2)),
        ("8 MOD 3", json!(2)),
        ("-(3)", json!(-3)),
        ("+3", json!(3)),
        ("- -3", json!(3)),
        ("3-1", json!(2)),
        ("2147483647 + 1", json!(2_147_483_648_i64)),
        ("'a' + 'b'", json!("ab")),
        ("'a' + 1 + 2", json!("a12")),
        ("1 + 2 + 'a'", json!("3a")),
        ("'a' + 1.0", json!("a1.0")),
        ("'a' + true", json!("atrue")),
        ("'ab' * 2", json!("abab")),
        ("'' * 9", json!("")),
        ("'b' - 1", json!("a")),
    ]);
}

#[test]
fn the_tighter_operator_goes_first() {
    values(&[
        ("1 + 2 * 3", json!(7)),
        ("(1 + 2) * 3", json!(9)),
        ("2 * 3 ^ 2", json!(18)),
        ("-2 ^ 2", json!(4)),
        ("10 - 4 / 2", json!(8)),
        ("1 + 1 == 2", json!(true)),
        ("1 < 2 and 2 < 3", json!(true)),
        ("true or false and false", json!(true)),
        ("not false and false", json!(false)),
        ("not (false and false)", json!(true)),
        ("true ? 1 : false ? 2 : 3", json!(1)),
        ("false ? 1 : false ? 2 : 3", json!(3)),
        ("1 > 2 ? 'a' : 'b' + 'c'", json!("bc")),
        ("'' ?: '' ?: 'z'", json!("z")),
        ("1 == 1 ? 'y' : 'n'", json!("y")),
        ("!true || !false", json!(true)),
    ]);
}

#[test]
fn logic_looks_no_further_than_it_has_to() {
    values(&[
        ("true and false", json!(false)),
        ("true && true", json!(true)),
        ("false or true", json!(true)),
        ("false || false", json!(false)),
        ("!false", json!(true)),
        ("NOT false", json!(true)),
        ("true OR 1 / 0 == 1", json!(true)),
        ("false AND 1 / 0 == 1", json!(false)),
        ("true ? 1 : 1 / 0", json!(1)),
        ("'x' ?: 1 / 0", json!("x")),
        ("'true' and 'yes' and 'on' and '1'", json!(true)),
        ("'FALSE' or 'no' or 'off' or '0'", json!(false)),
        ("'true' ? 1 : 2", json!(1)),
    ]);
}

#[test]
fn elvis_stands_in_for_what_is_absent_null_or_empty() {
    values(&[
        ("null ?: 1", json!(1)),
        ("'' ?: 'd'", json!("d")),
        ("'v' ?: 'd'", json!("v")),
        ("0 ?: 1", json!(0)),
        ("false ?: true", json!(false)),
        ("trigger.properties.nothing ?: 'd'", json!("d")),
        ("trigger.properties.absent ?: 'd'", json!("d")),
        ("trigger.properties.empty ?: 'd'", json!("d")),
        ("absent ?: 'd'", json!("d")),
        ("trigger.absent?.deeper ?: 'd'", json!("d")),
        ("(parameters.tag ?: 'latest') + '!'", json!("latest!")),
    ]);
}

#[test]
fn operands_that_do_not_go_together_are_refused() {
    errors(&[
        ("1 / 0", "division by zero"),
        ("1 % 0", "division by zero"),
        ("1.5 / 0", "division by zero"),
        ("1.5 % 0.0", "division by zero"),
        ("9223372036854775807 + 1", "+ makes a number that is too large"),
        ("-9223372036854775807 - 2", "- makes a number that is too large"),
        ("9223372036854775807 * 2", "* makes a number that is too large"),
        ("10 ^ 19", "^ makes a number that is too large"),
        ("10.0 ^ 400", "^ makes a number that is too large"),
        ("1 + true", "+ does not work on an integer and a boolean"),
        ("{1} + {2}", "+ does not work on a list and a list"),
        ("'a' + {1}", "+ does not work on a text and a list"),
        ("'a' + null", "+ does not work on a text and null"),
        ("'a' / 'b'", "/ does not work on a text and a text"),
        ("'ab' - 1", "- does not work on a text and an integer"),
        ("'a' * 'b'", "* does not work on a text and a text"),
        ("'a' * -1", "\"-1\" is no number of times"),
        ("-'a'", "- does not work on a text"),
        ("+true", "+ does not work on a boolean"),
        ("not 1", "a condition is true or false, and this is an integer"),
        ("'maybe' ? 1 : 2", "a condition is true or false, and this is a text"),
        ("null and true", "a condition is true or false, and this is null"),
        ("true and trigger", "a condition is true or false, and this is a map"),
    ]);
}
