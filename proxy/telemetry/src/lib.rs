//! Pure: outcomes, histograms, windows, and the wire form of a report.
