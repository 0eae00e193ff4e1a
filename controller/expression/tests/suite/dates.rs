//! Dates, times, zones and how they are written.

use serde_json::json;

use crate::fixture::{errors, scope, values, values_in};

#[test]
fn instants_are_made_and_moved() {
    values(&[
        ("T(java.time.Instant).now()", json!("2026-01-02T03:04:05.678Z")),
        ("T(Instant).now().toEpochMilli()", json!(1_767_323_045_678_i64)),
        ("new java.util.Date().getTime()", json!(1_767_323_045_678_i64)),
        ("new java.util.Date().time", json!(1_767_323_045_678_i64)),
        ("new Date(0).toInstant()", json!("1970-01-01T00:00:00Z")),
        ("T(Instant).ofEpochSecond(60)", json!("1970-01-01T00:01:00Z")),
        ("T(Instant).ofEpochMilli(1500).getEpochSecond()", json!(1)),
        ("T(Instant).ofEpochMilli(1500).getNano()", json!(500_000_000)),
        ("T(Instant).parse('2026-01-02T03:04:05Z').plusSeconds(55)", json!("2026-01-02T03:05:00Z")),
        ("T(Instant).EPOCH.plusMillis(1)", json!("1970-01-01T00:00:00.001Z")),
        ("T(Instant).EPOCH.minusSeconds(1)", json!("1969-12-31T23:59:59Z")),
        ("T(Instant).EPOCH.minusMillis(1000)", json!("1969-12-31T23:59:59Z")),
        ("T(Instant).EPOCH.isBefore(T(Instant).now())", json!(true)),
        ("T(Instant).EPOCH.isAfter(T(Instant).now())", json!(false)),
        ("new Date(1).before(new Date(2)) and new Date(2).after(new Date(1))", json!(true)),
        ("T(Instant).EPOCH.atZone(T(ZoneId).of('+02:00')).getHour()", json!(2)),
        ("'at ' + T(Instant).EPOCH", json!("at 1970-01-01T00:00:00Z")),
    ]);
}

#[test]
fn days_are_made_and_moved() {
    values(&[
        ("T(java.time.LocalDate).now()", json!("2026-01-02")),
        ("T(LocalDate).of(2026, 2, 28).plusDays(1)", json!("2026-03-01")),
        ("T(LocalDate).parse('2026-01-31').plusMonths(1)", json!("2026-02-28")),
        ("T(LocalDate).parse('2026-01-01').minusDays(1)", json!("2025-12-31")),
        ("T(LocalDate).EPOCH.plusWeeks(1).minusWeeks(2)", json!("1969-12-25")),
        ("T(LocalDate).EPOCH.plusYears(1).minusYears(2).minusMonths(1)", json!("1968-12-01")),
        ("T(LocalDate).ofEpochDay(1)", json!("1970-01-02")),
        ("T(LocalDate).parse('1970-01-11').toEpochDay()", json!(10)),
        (
            "T(LocalDate).parse('02.03.2026', T(DateTimeFormatter).ofPattern('dd.MM.yyyy'))",
            json!("2026-03-02"),
        ),
        ("T(LocalDate).now().getDayOfWeek()", json!("FRIDAY")),
        ("T(LocalDate).now().getDayOfWeek().toString() == 'FRIDAY'", json!(true)),
        ("T(LocalDate).now().getMonth()", json!("JANUARY")),
        ("T(LocalDate).now().getMonthValue()", json!(1)),
        ("T(LocalDate).of(2024, 12, 31).getDayOfYear()", json!(366)),
        ("T(LocalDate).of(2024, 2, 1).lengthOfMonth()", json!(29)),
        ("T(LocalDate).of(2024, 1, 1).isLeapYear()", json!(true)),
        ("T(LocalDate).EPOCH.isBefore(T(LocalDate).now())", json!(true)),
        ("T(LocalDate).EPOCH.isAfter(T(LocalDate).now())", json!(false)),
        ("T(LocalDate).EPOCH.isEqual(T(LocalDate).ofEpochDay(0))", json!(true)),
        ("T(LocalDate).EPOCH.atStartOfDay()", json!("1970-01-01T00:00:00")),
        ("T(LocalDate).now().format(T(DateTimeFormatter).ISO_DATE)", json!("2026-01-02")),
    ]);
}

#[test]
fn times_are_made_and_moved() {
    values(&[
        ("T(LocalDateTime).now().getHour()", json!(3)),
        ("T(LocalDateTime).of(2026, 1, 2, 3, 4)", json!("2026-01-02T03:04:00")),
        ("T(LocalDateTime).of(2026, 1, 2, 3, 4, 5).getSecond()", json!(5)),
        ("T(LocalDateTime).parse('2026-01-02T23:00:00').plusHours(2).getDayOfMonth()", json!(3)),
        ("T(LocalDateTime).parse('2026-01-02T00:00:00').minusMinutes(1).getMinute()", json!(59)),
        (
            "T(LocalDateTime).parse('2026-01-02T00:00:00').plusDays(1).minusHours(24).plusMinutes(1).toLocalDate()",
            json!("2026-01-02"),
        ),
        (
            "T(LocalDateTime).parse('2026-01-02T00:00:00').plusSeconds(61).minusSeconds(1).minusDays(1)",
            json!("2026-01-01T00:01:00"),
        ),
        ("T(LocalDateTime).now().getYear() + T(LocalDateTime).now().getMonthValue()", json!(2027)),
        (
            "T(LocalDateTime).now().getMonth() + ' ' + T(LocalDateTime).now().getDayOfWeek()",
            json!("JANUARY FRIDAY"),
        ),
        ("T(LocalDateTime).now().isAfter(T(LocalDateTime).parse('2025-01-01T00:00:00'))", json!(true)),
        ("T(LocalDateTime).now().isBefore(T(LocalDateTime).parse('2025-01-01T00:00:00'))", json!(false)),
        (
            "T(LocalDateTime).parse('1970-01-01T02:00:00').atZone(T(ZoneId).of('+02:00')).toInstant()",
            json!("1970-01-01T00:00:00Z"),
        ),
        ("T(LocalDateTime).now().format(T(DateTimeFormatter).ofPattern('HH:mm'))", json!("03:04")),
        (
            "T(LocalDateTime).parse('2.1.2026 5:07', T(DateTimeFormatter).ofPattern('d.M.yyyy H:mm'))",
            json!("2026-01-02T05:07:00"),
        ),
        ("T(ZonedDateTime).now(T(ZoneId).of('America/New_York')).getHour()", json!(22)),
        ("T(ZonedDateTime).now(T(ZoneId).of('America/New_York')).getDayOfMonth()", json!(1)),
        ("T(ZonedDateTime).now().getDayOfWeek() + T(ZonedDateTime).now().getMinute()", json!("FRIDAY4")),
        ("T(ZonedDateTime).now().getYear() - T(ZonedDateTime).now().getMonthValue()", json!(2025)),
        ("T(ZonedDateTime).parse('2026-01-02T03:04:05+02:00').toInstant()", json!("2026-01-02T01:04:05Z")),
        ("T(ZonedDateTime).parse('2026-01-02T03:04:05Z').toEpochSecond()", json!(1_767_323_045)),
        (
            "T(ZonedDateTime).parse('2026-01-02T03:04:05Z').plusDays(1).minusHours(4).toLocalDateTime()",
            json!("2026-01-02T23:04:05"),
        ),
        (
            "T(ZonedDateTime).parse('2026-01-02T03:04:05Z').minusDays(1).plusHours(1).toLocalDate()",
            json!("2026-01-01"),
        ),
        (
            "T(ZonedDateTime).parse('2026-07-02T03:04:05-05:00').format(T(DateTimeFormatter).ISO_OFFSET_DATE_TIME)",
            json!("2026-07-02T03:04:05-05:00"),
        ),
    ]);
}

#[test]
fn dates_are_written_by_patterns_of_java() {
    let at =
        |pattern: &str| format!("new java.text.SimpleDateFormat('{pattern}').format(new java.util.Date())");
    for (pattern, wanted) in [
        ("yyyy", "2026"),
        ("yyyy-MM-dd", "2026-01-02"),
        ("yyyyMMddHHmmss", "20260102030405"),
        ("d.M.yy H:m:s", "2.1.26 3:4:5"),
        ("EEE, d MMM yyyy", "Fri, 2 Jan 2026"),
        ("EEEE MMMM", "Friday January"),
        ("hh:mm a", "03:04 AM"),
        ("h:mm", "3:04"),
        ("ss.SSS", "05.678"),
        ("D DDD", "2 002"),
        ("yyyy-MM-dd''T''HH:mm:ssXXX", "2026-01-02T03:04:05+00:00"),
        ("yyyy ''''yy", "2026 '26"),
        ("Z", "+0000"),
        ("yyyy''de''MM", "2026de01"),
        ("''100%''", "100%"),
    ] {
        values(&[(&at(pattern), json!(wanted))]);
    }
    values(&[
        ("new SimpleDateFormat('yyyy').format(0)", json!("1970")),
        ("new SimpleDateFormat('yyyy-MM-dd').parse('2026-01-02').getTime()", json!(1_767_312_000_000_i64)),
        ("new SimpleDateFormat('yyyy-MM').toPattern()", json!("yyyy-MM")),
        (
            "T(DateTimeFormatter).ofPattern('HH').withZone(T(ZoneId).of('Asia/Tokyo')).format(T(Instant).now())",
            json!("12"),
        ),
        ("T(DateTimeFormatter).BASIC_ISO_DATE.format(T(LocalDate).now())", json!("20260102")),
        ("T(DateTimeFormatter).ISO_LOCAL_DATE.format(T(LocalDate).now())", json!("2026-01-02")),
        (
            "T(DateTimeFormatter).ISO_LOCAL_DATE_TIME.format(T(LocalDateTime).now())",
            json!("2026-01-02T03:04:05"),
        ),
        ("T(DateTimeFormatter).ISO_LOCAL_TIME.format(T(LocalDateTime).now())", json!("03:04:05")),
    ]);
}

#[test]
fn dates_are_in_the_zone_of_the_scope() {
    let zone = jiff::tz::TimeZone::fixed(jiff::tz::offset(-9));
    values_in(
        &scope().in_zone(zone),
        &[
            ("T(LocalDate).now()", json!("2026-01-01")),
            ("new SimpleDateFormat('HH').format(new Date())", json!("18")),
            ("T(ZonedDateTime).now(T(ZoneId).systemDefault()).getHour()", json!(18)),
            ("T(LocalDateTime).now(T(ZoneId).of('UTC')).getHour()", json!(3)),
        ],
    );
}

#[test]
fn what_is_no_date_is_refused() {
    errors(&[
        ("T(Instant).parse('today')", "\"today\" is no instant of the form"),
        ("T(LocalDate).parse('2026-13-01')", "is no date of the form 2026-01-02"),
        ("T(LocalDate).of(2026, 2, 30)", "is no date: months go to 12"),
        ("T(LocalDate).of(99999, 1, 1)", "the date makes a number that is too large"),
        ("T(LocalDateTime).of(2026, 1, 2, 25, 0)", "is no time: hours go to 23"),
        ("T(LocalDateTime).parse('x')", "is no time of the form"),
        ("T(ZonedDateTime).parse('2026-01-02')", "is no time of the form"),
        ("T(Instant).now().plusSeconds(9223372036854775807)", "the date makes a number that is too large"),
        ("T(LocalDate).now().plusDays(9223372036854775807)", "the date makes a number that is too large"),
        ("T(Instant).ofEpochMilli(9223372036854775807)", "the date makes a number that is too large"),
        ("new Date('x')", "argument 1 of Date is a text"),
        ("T(ZoneId).of('Mars/Olympus')", "\"Mars/Olympus\" is no time zone"),
        ("T(ZoneId).of('+99:00')", "is no time zone"),
        ("new SimpleDateFormat('qq')", "'q' 2 times means nothing here"),
        ("new SimpleDateFormat('''x')", "a quote is open"),
        ("new SimpleDateFormat('yyyy').format('x')", "is no pattern for a text"),
        ("new SimpleDateFormat('yyyy-MM-dd').parse('x')", "\"x\" is no date of the form yyyy-MM-dd"),
        ("T(LocalDate).now().format('yyyy')", "has to be a format"),
        ("T(DateTimeFormatter).ofPattern('HH').format(T(LocalDate).now())", "is no pattern for a date"),
        ("T(LocalDate).now().isBefore(1)", "has to be a date"),
        ("T(LocalDateTime).now().isBefore(1)", "has to be a date and time"),
        ("T(Instant).now().isBefore(1)", "has to be an instant"),
        ("T(Instant).now().atZone('UTC')", "has to be a zone"),
        ("T(ZoneId).of('UTC')", "a time zone has no place in a document"),
        ("new SimpleDateFormat('yyyy')", "a date format has no place in a document"),
    ]);
}
