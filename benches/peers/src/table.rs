//! Tables in Markdown. Pure.

/// A table with a text column at its left and numbers in the others.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    head: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with these columns and no rows.
    pub(crate) fn new<S: Into<String>>(head: impl IntoIterator<Item = S>) -> Self {
        Self { head: head.into_iter().map(Into::into).collect(), rows: Vec::new() }
    }

    /// Adds a row; what is missing at its end stays empty.
    pub(crate) fn row<S: Into<String>>(&mut self, cells: impl IntoIterator<Item = S>) {
        self.rows.push(cells.into_iter().map(Into::into).collect());
    }

    /// The same without the columns that say nothing about any row.
    #[must_use]
    pub(crate) fn without_empty(mut self) -> Self {
        let empty = number(None);
        let says =
            |column: usize| self.rows.iter().any(|row| row.get(column).is_some_and(|cell| *cell != empty));
        let kept: Vec<bool> = (0..self.head.len()).map(|column| column == 0 || says(column)).collect();
        for row in std::iter::once(&mut self.head).chain(&mut self.rows) {
            let mut column = kept.iter();
            row.retain(|_| column.next().copied().unwrap_or(true));
        }
        self
    }

    /// The text, every column as wide as its widest cell.
    pub(crate) fn markdown(&self) -> String {
        let every = || std::iter::once(&self.head).chain(&self.rows);
        let cell = |row: &[String], column: usize| {
            row.get(column).map_or_else(String::new, |cell| cell.replace('|', "/"))
        };
        let widths: Vec<usize> = (0..self.head.len())
            .map(|column| every().map(|row| cell(row, column).chars().count()).max().unwrap_or(0).max(3))
            .collect();
        let line = |row: &[String]| {
            let cells = widths.iter().enumerate().map(|(column, width)| match column {
                0 => format!(" {:<width$} ", cell(row, column)),
                _ => format!(" {:>width$} ", cell(row, column)),
            });
            format!("|{}|\n", cells.collect::<Vec<_>>().join("|"))
        };
        let rule = widths.iter().enumerate().map(|(column, width)| match column {
            0 => format!(" {} ", "-".repeat(*width)),
            _ => format!(" {}: ", "-".repeat(width - 1)),
        });
        let rule = format!("|{}|\n", rule.collect::<Vec<_>>().join("|"));
        line(&self.head) + &rule + &self.rows.iter().map(|row| line(row)).collect::<String>()
    }
}

/// A number with as many decimals as it deserves: 0.78, 12.3, 1,234.
pub(crate) fn number(value: Option<f64>) -> String {
    match value {
        None => "–".to_owned(),
        Some(value) if value.abs() >= 1000.0 => thousands(&format!("{value:.0}")),
        Some(value) if value.abs() >= 100.0 => format!("{value:.0}"),
        Some(value) if value.abs() >= 10.0 => format!("{value:.1}"),
        Some(value) => format!("{value:.2}"),
    }
}

fn thousands(digits: &str) -> String {
    let (sign, digits) = digits.strip_prefix('-').map_or(("", digits), |digits| ("-", digits));
    let length = digits.len();
    let spaced = digits.chars().enumerate().flat_map(|(at, digit)| {
        let comma = (at > 0 && (length - at) % 3 == 0).then_some(',');
        comma.into_iter().chain(std::iter::once(digit))
    });
    format!("{sign}{}", spaced.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::{Table, number};

    #[test]
    fn columns_are_aligned_and_the_first_is_text() {
        let mut table = Table::new(["peer", "us"]);
        table.row(["weir", "12.5"]);
        table.row(["a|b"]);
        assert_eq!(table.markdown(), "| peer |   us |\n| ---- | ---: |\n| weir | 12.5 |\n| a/b  |      |\n");
    }

    #[test]
    fn a_column_of_dashes_is_left_out() {
        let mut table = Table::new(["peer", "a", "b"]);
        table.row(["x".to_owned(), number(None), number(Some(1.0))]);
        table.row(["y".to_owned(), number(None), number(None)]);
        let text = table.without_empty().markdown();
        assert!(text.starts_with("| peer |    b |\n") && text.contains("| x    | 1.00 |"), "{text}");
    }

    #[test]
    fn numbers_have_as_many_decimals_as_they_deserve() {
        let texts = [0.784, 12.34, 123.4, 1234.0, 1_234_567.0, -1500.0].map(|value| number(Some(value)));
        assert_eq!(texts, ["0.78", "12.3", "123", "1,234", "1,234,567", "-1,500"]);
        assert_eq!(number(None), "–");
    }
}
