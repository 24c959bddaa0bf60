//! What a Parquet footer says of encryption, which the reader passes over: it names a missing field of a page instead.

/// The field of a file's metadata that says how columns are encrypted, of a file whose footer itself is not.
const ENCRYPTION_ALGORITHM: i16 = 8;

/// Structures in one another that are followed; a footer has fewer.
const DEEPEST: usize = 32;

/// Whether a footer says that columns of its file are encrypted; one that cannot be read says nothing.
pub fn has_encrypted_columns(footer: &[u8]) -> bool {
    Thrift { rest: footer }.has_field(ENCRYPTION_ALGORITHM).unwrap_or(false)
}

/// Values in Thrift's compact protocol.
struct Thrift<'a> {
    rest: &'a [u8],
}

impl Thrift<'_> {
    /// Whether the structure that begins here has the field; none: it is cut off, or no structure.
    fn has_field(&mut self, wanted: i16) -> Option<bool> {
        let mut field = 0_i16;
        while let Some((id, kind)) = self.field(field)? {
            if id == wanted {
                return Some(true);
            }
            // The two kinds of booleans are their own values.
            if !matches!(kind, 1 | 2) {
                self.skip(kind, DEEPEST)?;
            }
            field = id;
        }
        Some(false)
    }

    /// The number and the kind of the next field after `before`; an inner none: there is no more.
    fn field(&mut self, before: i16) -> Option<Option<(i16, u8)>> {
        let head = self.byte()?;
        if head == 0 {
            return Some(None);
        }
        let id = match head >> 4 {
            0 => {
                let zigzag = self.number()?;
                i16::try_from((zigzag >> 1) as i64 ^ -((zigzag & 1) as i64)).ok()?
            }
            step => before.checked_add(i16::from(step))?,
        };
        Some(Some((id, head & 0xf)))
    }

    fn skip(&mut self, kind: u8, deepest: usize) -> Option<()> {
        let deeper = deepest.checked_sub(1)?;
        match kind {
            1..=3 => _ = self.byte()?,
            4..=6 => _ = self.number()?,
            7 => self.bytes(8)?,
            8 => {
                let length = self.number()?;
                self.bytes(usize::try_from(length).ok()?)?;
            }
            9 | 10 => {
                let head = self.byte()?;
                let count = if head >> 4 == 0xf { self.number()? } else { u64::from(head >> 4) };
                (0..count).try_for_each(|_| self.skip(head & 0xf, deeper))?;
            }
            11 => {
                let count = self.number()?;
                let kinds = if count == 0 { 0 } else { self.byte()? };
                (0..count).try_for_each(|_| {
                    self.skip(kinds >> 4, deeper)?;
                    self.skip(kinds & 0xf, deeper)
                })?;
            }
            12 => {
                let mut field = 0;
                while let Some((id, kind)) = self.field(field)? {
                    if !matches!(kind, 1 | 2) {
                        self.skip(kind, deeper)?;
                    }
                    field = id;
                }
            }
            _ => return None,
        }
        Some(())
    }

    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*first)
    }

    fn bytes(&mut self, count: usize) -> Option<()> {
        self.rest = self.rest.get(count..)?;
        Some(())
    }

    /// A number of seven bits a byte, the lowest first.
    fn number(&mut self) -> Option<u64> {
        let mut number = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(number);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn footer(file: &[u8]) -> &[u8] {
        let (rest, end) = file.split_at(file.len() - 8);
        let length = u32::from_le_bytes(end[..4].try_into().unwrap()) as usize;
        &rest[rest.len() - length..]
    }

    #[test]
    fn only_encrypted_columns_are_said_to_be() {
        let encrypted = footer(include_bytes!("../../tests/fixtures/parquet/encrypted_columns.parquet"));
        let plain = footer(include_bytes!("../../tests/fixtures/parquet/page_checksums.parquet"));
        assert_eq!([encrypted, plain].map(has_encrypted_columns), [true, false]);
        for length in 0..plain.len() {
            assert!(!has_encrypted_columns(&plain[..length]));
        }
        // Structures without an end, and a number without one.
        assert!(!has_encrypted_columns(&[0x1c; 1000]));
        assert!(!has_encrypted_columns(&[0x16, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]));
    }
}
