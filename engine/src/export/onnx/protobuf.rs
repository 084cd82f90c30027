//! As much of the protocol buffers' wire format as a writer needs: numbers and what has a length.

/// Wire type of numbers.
const VARINT: u32 = 0;
/// Wire type of texts, bytes and messages.
const WITH_LENGTH: u32 = 2;

/// A message, field by field in the order in which they were added; adding a field again repeats it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Message(Vec<u8>);

impl Message {
    /// No field yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// With a number.
    pub fn number(mut self, field: u32, value: u64) -> Self {
        self.push_tag(field, VARINT);
        self.push_varint(value);
        self
    }

    /// With bytes.
    pub fn bytes(mut self, field: u32, bytes: &[u8]) -> Self {
        self.push_tag(field, WITH_LENGTH);
        self.push_varint(bytes.len() as u64);
        self.0.extend_from_slice(bytes);
        self
    }

    /// With a text.
    pub fn text(self, field: u32, text: &str) -> Self {
        self.bytes(field, text.as_bytes())
    }

    /// With a message inside.
    pub fn message(self, field: u32, message: Self) -> Self {
        self.bytes(field, &message.0)
    }

    /// The bytes.
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    fn push_tag(&mut self, field: u32, wire_type: u32) {
        self.push_varint(u64::from(field << 3 | wire_type));
    }

    /// Seven bits a byte, lowest first; the highest bit says that more follow.
    fn push_varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_examples_of_the_format_come_out() {
        assert_eq!(Message::new().number(1, 150).into_bytes(), [0x08, 0x96, 0x01]);
        let text = Message::new().text(2, "testing").into_bytes();
        assert_eq!(text, [0x12, 0x07, 0x74, 0x65, 0x73, 0x74, 0x69, 0x6e, 0x67]);
        let inner = Message::new().number(1, 150);
        assert_eq!(Message::new().message(3, inner).into_bytes(), [0x1a, 0x03, 0x08, 0x96, 0x01]);
        assert_eq!(Message::new().number(16, 0).into_bytes(), [0x80, 0x01, 0x00]);
    }
}
