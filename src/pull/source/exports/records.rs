//! Records of a CSV file, of which none is larger than there is room for.

use std::io::{self, BufRead};

use csv_core::{ReadRecordResult, Reader};

/// Reads records into a buffer that is made once.
pub struct Records<R> {
    input: R,
    parser: Reader,
    /// The most bytes of a record, and the most fields.
    most: Bounds,
    /// The record's fields, one behind the other, and where each ends.
    data: Vec<u8>,
    ends: Vec<usize>,
    lengths: (usize, usize),
    /// Records that were read.
    count: usize,
}

#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    pub bytes: usize,
    pub fields: usize,
}

/// Why there is no next record.
#[derive(Debug)]
pub enum Stop {
    /// The file ended.
    End,
    TooManyBytes,
    TooManyFields,
    Failed(io::Error),
}

const FIRST_BYTES: usize = 16 << 10;
const FIRST_FIELDS: usize = 64;

impl<R: BufRead> Records<R> {
    pub fn new(input: R, most: Bounds) -> Records<R> {
        let (data, ends) = (vec![0; FIRST_BYTES.min(most.bytes)], vec![0; FIRST_FIELDS.min(most.fields)]);
        Records { input, parser: Reader::new(), most, data, ends, lengths: (0, 0), count: 0 }
    }

    /// How many records were read; the heading is one.
    pub fn count(&self) -> usize {
        self.count
    }

    /// Reads the next record.
    ///
    /// # Errors
    /// There is none.
    pub fn next(&mut self) -> Result<Record<'_>, Stop> {
        let (mut bytes, mut fields) = (0, 0);
        loop {
            let input = self.input.fill_buf().map_err(Stop::Failed)?;
            let (outcome, read, written, ended) =
                self.parser.read_record(input, &mut self.data[bytes..], &mut self.ends[fields..]);
            self.input.consume(read);
            bytes += written;
            fields += ended;
            match outcome {
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull => grow(&mut self.data, self.most.bytes).ok_or(Stop::TooManyBytes)?,
                ReadRecordResult::OutputEndsFull => {
                    grow(&mut self.ends, self.most.fields).ok_or(Stop::TooManyFields)?;
                }
                ReadRecordResult::Record => {
                    self.count += 1;
                    self.lengths = (bytes, fields);
                    return Ok(Record { data: &self.data[..bytes], ends: &self.ends[..fields] });
                }
                ReadRecordResult::End => return Err(Stop::End),
            }
        }
    }
}

/// Doubles a buffer, up to `most`; none where it is as long already.
fn grow<T: Clone + Default>(buffer: &mut Vec<T>, most: usize) -> Option<()> {
    let length = buffer.len().saturating_mul(2).min(most);
    (length > buffer.len()).then(|| buffer.resize(length, T::default()))
}

/// A record's fields.
#[derive(Debug, Clone, Copy)]
pub struct Record<'a> {
    data: &'a [u8],
    ends: &'a [usize],
}

impl<'a> Record<'a> {
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    pub fn bytes(&self) -> usize {
        self.data.len()
    }

    /// The fields as texts; the number of the first that is none, from 1.
    pub fn texts(&self) -> Result<Vec<&'a str>, usize> {
        let mut texts = Vec::with_capacity(self.ends.len());
        let mut start = 0;
        for end in self.ends {
            texts.push(std::str::from_utf8(&self.data[start..*end]).map_err(|_| texts.len() + 1)?);
            start = *end;
        }
        Ok(texts)
    }
}
