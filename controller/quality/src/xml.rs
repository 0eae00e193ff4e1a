//! XML element by element, within limits.
//!
//! A document type is read over and never fetched; one with declarations of its own is refused, and entities other than the five of XML are
//! unknown, so nothing can grow. Namespaces are ignored: no dialect needs them.

use std::borrow::Cow;
use std::str::FromStr;

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use crate::error::{Error, Fault};
use crate::excerpt::quoted;
use crate::source::{Limits, Source};

/// What comes next in a document.
pub(crate) enum Token<'a> {
    /// An element begins.
    Start(Element<'a>),
    /// Text within the element that is open.
    Text(Cow<'a, str>),
    /// The element that is open ends.
    End,
}

/// The beginning of an element: its name and attributes.
pub(crate) struct Element<'a> {
    source: Source<'a>,
    start: BytesStart<'a>,
    offset: usize,
}

/// A document that is read from its begin to its end.
pub(crate) struct Document<'a> {
    source: Source<'a>,
    limits: Limits,
    reader: Reader<&'a [u8]>,
    /// Where the text begins in the file, after a byte order mark.
    shift: usize,
    open: Vec<(String, usize)>,
}

impl<'a> Document<'a> {
    /// The document and its root, which has to be one of `roots`.
    pub(crate) fn open(
        source: Source<'a>,
        limits: &Limits,
        roots: &[&str],
        expected: &'static str,
    ) -> Result<(Self, Element<'a>), Error> {
        let text = source.text(limits, expected)?;
        let mut reader = Reader::from_str(text);
        reader.config_mut().expand_empty_elements = true;
        let shift = source.bytes.len() - text.len();
        let mut document = Self { source, limits: *limits, reader, shift, open: Vec::new() };
        loop {
            match document.token()? {
                Some(Token::Start(root)) if roots.contains(&root.name()) => return Ok((document, root)),
                Some(Token::Start(root)) => {
                    return Err(root.error(Fault::Kind { found: quoted(root.name()), expected }));
                }
                Some(Token::Text(text)) if text.trim().is_empty() => {}
                Some(Token::Text(_) | Token::End) | None => {
                    let found = quoted(text.trim_start().lines().next().unwrap_or_default());
                    return Err(source.error(Fault::Line { found, expected }));
                }
            }
        }
    }

    /// The next token within the root.
    pub(crate) fn next(&mut self) -> Result<Token<'a>, Error> {
        if let Some(token) = self.token()? {
            return Ok(token);
        }
        let (element, offset) = self.open.pop().unwrap_or_default();
        let (line, _) = self.source.position(offset);
        Err(self.source.error_at(self.source.bytes.len(), Fault::Cut { element, line }))
    }

    /// Reads over the rest of the element that is open.
    pub(crate) fn skip(&mut self) -> Result<(), Error> {
        self.text().map(drop)
    }

    /// The text in the element that is open, to its end, with that of elements in it; at most some more than the longest detail.
    pub(crate) fn text(&mut self) -> Result<String, Error> {
        let (depth, mut text) = (self.open.len(), String::new());
        let most = self.limits.detail_bytes.saturating_mul(2);
        loop {
            match self.next()? {
                Token::Text(piece) => {
                    let room = most.saturating_sub(text.len());
                    text.push_str(piece.get(..piece.floor_char_boundary(room)).unwrap_or(&piece));
                }
                Token::End if self.open.len() < depth => return Ok(text),
                Token::Start(_) | Token::End => {}
            }
        }
    }

    /// Reads what follows the root: nothing.
    pub(crate) fn close(mut self) -> Result<(), Error> {
        loop {
            let offset = self.offset();
            let fault = match self.token()? {
                None => return Ok(()),
                Some(Token::Text(text)) if text.trim().is_empty() => continue,
                Some(Token::Start(second)) => {
                    format!("<{}> follows the end of the document", quoted(second.name()))
                }
                Some(Token::Text(text)) => format!("{:?} follows the end of the document", quoted(&text)),
                Some(Token::End) => "an element ends that has not begun".to_owned(),
            };
            return Err(self.source.error_at(offset, Fault::Markup(fault)));
        }
    }

    /// `None`: the file has ended.
    fn token(&mut self) -> Result<Option<Token<'a>>, Error> {
        loop {
            let offset = self.offset();
            let event = self.reader.read_event().map_err(|error| self.malformed(&error))?;
            let token = match event {
                Event::Start(start) | Event::Empty(start) => Token::Start(self.begin(start, offset)?),
                Event::End(_) => {
                    self.open.pop();
                    Token::End
                }
                Event::Text(text) => Token::Text(text.xml10_content()),
                Event::CData(text) => Token::Text(text.xml10_content()),
                Event::GeneralRef(reference) => {
                    let known = quick_xml::escape::resolve_xml_entity(&reference);
                    let char = reference.resolve_char_ref().map_err(|error| self.malformed(&error))?;
                    let text =
                        known.map(str::to_owned).or_else(|| char.map(String::from)).ok_or_else(|| {
                            let what = format!("&{}; is no entity of XML", quoted(&reference));
                            self.source.error_at(offset, Fault::Markup(what))
                        })?;
                    Token::Text(Cow::Owned(text))
                }
                Event::DocType(text) if text.contains('[') => {
                    return Err(self.source.error_at(offset, Fault::Declarations));
                }
                Event::DocType(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_) => continue,
                Event::Eof => return Ok(None),
            };
            return Ok(Some(token));
        }
    }

    fn begin(&mut self, start: BytesStart<'a>, offset: usize) -> Result<Element<'a>, Error> {
        let element = Element { source: self.source, start, offset };
        let most = self.limits.depth;
        if self.open.len() >= most {
            return Err(element.error(Fault::Depth { most }));
        }
        self.open.push((quoted(element.name()), offset));
        Ok(element)
    }

    fn offset(&self) -> usize {
        self.shift + usize::try_from(self.reader.buffer_position()).unwrap_or(usize::MAX)
    }

    fn malformed(&self, error: &quick_xml::Error) -> Error {
        let offset = self.shift + usize::try_from(self.reader.error_position()).unwrap_or(usize::MAX);
        self.source.error_at(offset, Fault::Markup(crate::excerpt::line(&error.to_string(), 200)))
    }
}

impl Element<'_> {
    /// Its name, without a namespace.
    pub(crate) fn name(&self) -> &str {
        self.start.local_name().into_inner()
    }

    /// An attribute's value.
    pub(crate) fn attribute(&self, name: &str) -> Result<Option<String>, Error> {
        let malformed = |what: String| self.error(Fault::Markup(crate::excerpt::line(&what, 200)));
        let Some(found) = self.start.try_get_attribute(name).map_err(|error| malformed(error.to_string()))?
        else {
            return Ok(None);
        };
        let value =
            found.normalized_value(XmlVersion::Implicit1_0).map_err(|error| malformed(error.to_string()))?;
        Ok(Some(value.into_owned()))
    }

    /// An attribute's value, which has to be there.
    pub(crate) fn required(&self, attribute: &'static str) -> Result<String, Error> {
        let missing = || self.error(Fault::Missing { element: quoted(self.name()), attribute });
        self.attribute(attribute)?.ok_or_else(missing)
    }

    /// A number in an attribute; `None`: there is no such attribute, or it is empty.
    pub(crate) fn number<T: FromStr>(&self, name: &str) -> Result<Option<T>, Error> {
        let Some(value) = self.attribute(name)?.filter(|value| !value.trim().is_empty()) else {
            return Ok(None);
        };
        value.trim().parse().map(Some).map_err(|_| {
            let field = format!("{name} of <{}>", quoted(self.name()));
            self.error(Fault::Value { field, found: quoted(&value), expected: "a number from 0" })
        })
    }

    /// An error where the element begins.
    pub(crate) fn error(&self, fault: Fault) -> Error {
        self.source.error_at(self.offset, fault)
    }
}
