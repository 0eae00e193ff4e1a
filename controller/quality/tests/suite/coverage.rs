//! Coverage by line, however it is written.

use weir_quality::coverage::{Totals, cobertura, jacoco, lcov};
use weir_quality::{Coverage, Limits, Root, Source};

type Parser = fn(Source<'_>, Root<'_>, &Limits) -> Result<Coverage, weir_quality::Error>;

const LCOV: &str = "TN:\nSF:./src/a.js\nFN:1,f\nFNDA:1,f\nDA:1,1\nDA:2,0\nDA:3,1.5e+10,abc\nDA:4,-1\nBRDA:1,0,0,1\nBRDA:1,0,1,-\nLF:99\nLH:99\nend_of_record\n";
const COBERTURA: &str = r#"<?xml version="1.0"?><!DOCTYPE coverage SYSTEM "http://cobertura.sourceforge.net/xml/coverage-04.dtd">
<coverage line-rate="1"><sources><source>/build/src</source></sources><packages><package><classes>
<class filename="a.js"><methods><method name="f"><lines><line number="1" hits="0"/></lines></method></methods><lines>
<line number="1" hits="1" branch="true" condition-coverage="50% (1/2)"/><line number="2" hits="0" branch="false"/></lines></class>
<class filename="a.js"><lines><line number="2" hits="3"/></lines></class></classes></package></packages></coverage>"#;
const JACOCO: &str = r#"<!DOCTYPE report PUBLIC "-//JACOCO//DTD Report 1.1//EN" "report.dtd"><report name="r"><group name="g"><package name="shop/b">
<class name="shop/b/A"><counter type="LINE" missed="99" covered="0"/></class><sourcefile name="A.java"><line nr="3" mi="3" ci="0" mb="2" cb="0"/>
<line nr="5" mi="1" ci="4" mb="1" cb="3"/><counter type="LINE" missed="1" covered="1"/></sourcefile></package></group></report>"#;

fn totals(lines: u64, covered_lines: u64, branches: u64, covered_branches: u64) -> Totals {
    Totals { lines, covered_lines, branches, covered_branches }
}

fn read(parser: Parser, text: &str) -> Coverage {
    parser(Source::new("report", text.as_bytes()), Root::new("/build"), &Limits::default()).unwrap()
}

#[test]
fn each_format_is_summed_up_from_its_lines() {
    for (parser, text, file, expected) in [
        (lcov::parse as Parser, LCOV, "src/a.js", totals(4, 2, 2, 1)),
        (cobertura::parse, COBERTURA, "src/a.js", totals(2, 2, 2, 1)),
        (jacoco::parse, JACOCO, "shop/b/A.java", totals(2, 1, 6, 3)),
    ] {
        let summary = read(parser, text).summary();
        assert_eq!(summary.totals, expected, "{file}");
        assert_eq!(summary.files.keys().collect::<Vec<_>>(), [file]);
    }
}

#[test]
fn a_file_in_several_reports_is_counted_once() {
    let (limits, source) = (Limits::default(), Source::new("b", b""));
    let other = "SF:/build/src/a.js\nDA:2,5\nDA:9,0\nBRDA:1,0,0,0\nBRDA:1,0,1,3\nend_of_record\n";
    let mut coverage = read(lcov::parse, LCOV);
    coverage.merge(read(lcov::parse, other), source, &limits).unwrap();
    assert_eq!(coverage.summary().totals, totals(5, 3, 2, 2));
    coverage.merge(read(cobertura::parse, COBERTURA), source, &limits).unwrap();
    assert_eq!(coverage.summary().totals, totals(5, 3, 2, 2));
    let before = coverage.summary();
    coverage.merge(coverage.clone(), source, &limits).unwrap();
    assert_eq!(coverage.summary(), before);
}

#[test]
fn what_cannot_be_read_is_an_error_with_its_place() {
    for (parser, text, expected) in [
        (lcov::parse as Parser, "", "report: the file is empty"),
        (lcov::parse, "<coverage/>", "report:1: \"<coverage/>\" is found where a record of an LCOV"),
        (lcov::parse, "SF:a\nDA:x,1\nend_of_record", "report:2: \"DA:x,1\""),
        (lcov::parse, "DA:1,1", "report:1: \"DA:1,1\""),
        (lcov::parse, "SF:a\nDA:1,1\n", "report: the file ends within <SF:a>, which begins in line 1"),
        (cobertura::parse, "<report/>", "report:1:1: <report> is found where <coverage>"),
        (
            cobertura::parse,
            "<coverage>\n<class filename='a'><line number='1' hits='x'/>",
            "report:2:21: hits of <line> is \"x\"",
        ),
        (cobertura::parse, "<coverage><class/></coverage>", "report:1:11: <class> has no filename"),
        (
            cobertura::parse,
            "<coverage><class filename='a'><line number='1' hits='1' condition-coverage='50%'/>",
            "report:1:31: condition-coverage of <line>",
        ),
        (jacoco::parse, "<report><line nr='1' ci='1'/></report>", "report:1:9: <line> has no <sourcefile>"),
        (
            jacoco::parse,
            "<report><package name='a'><sourcefile/></package></report>",
            "report:1:27: <sourcefile> has no name",
        ),
    ] {
        let error = parser(Source::new("report", text.as_bytes()), Root::default(), &Limits::default())
            .unwrap_err()
            .to_string();
        assert!(error.starts_with(expected), "{text}: {error}");
    }
    let few = Limits { lines: 3, ..Limits::default() };
    let error =
        lcov::parse(Source::new("r", LCOV.as_bytes()), Root::default(), &few).unwrap_err().to_string();
    assert!(error.starts_with("r:7: there are more than 3 lines and branches"), "{error}");
}
