import HubWire
import Orders

/// How lines of the log are written.
public enum LogFormat: String, Sendable, CaseIterable {
  /// Text on a terminal, JSON otherwise.
  case auto
  /// One object a line: `{"time","level","message",…}`.
  case json
  /// Columns for the eye.
  case text
}

/// Puts lines into bytes, each with its newline.
struct LogRenderer: Sendable {
  /// As JSON, or else as text.
  let isJSON: Bool
  /// Whether text has colours.
  let hasColour: Bool
  /// How much of a message or a value is written.
  static let textLimitBytes = 2_048

  func render(_ line: LogLine, millis: Int64, to bytes: inout [UInt8]) {
    if isJSON { json(line, millis, &bytes) } else { text(line, millis, &bytes) }
    bytes.append(0x0a)
  }

  private func json(_ line: LogLine, _ millis: Int64, _ bytes: inout [UInt8]) {
    bytes.append(contentsOf: "{\"time\":\"".utf8)
    Timestamp(millis: millis).write(to: &bytes)
    bytes.append(contentsOf: "\",\"level\":\"\(line.level.rawValue)\",\"message\":".utf8)
    string(line.message, &bytes)
    for (name, value) in line.fields {
      bytes.append(0x2c)
      // A field may not take the place of the line's own members.
      string(["time", "level", "message"].contains(name) ? name + "_" : name, &bytes)
      bytes.append(0x3a)
      string(value, &bytes)
    }
    bytes.append(0x7d)
  }

  private func string(_ text: String, _ bytes: inout [UInt8]) {
    bytes.append(0x22)
    escape(text, quote: true, &bytes)
    bytes.append(0x22)
  }

  private func text(_ line: LogLine, _ millis: Int64, _ bytes: inout [UInt8]) {
    Timestamp(millis: millis).write(to: &bytes)
    let (colour, name) =
      switch line.level {
      case .debug: ("\u{1b}[2m", " DEBUG ")
      case .info: ("\u{1b}[32m", " INFO  ")
      case .warning: ("\u{1b}[33m", " WARN  ")
      case .error: ("\u{1b}[31m", " ERROR ")
      }
    bytes.append(contentsOf: (hasColour ? colour + name + "\u{1b}[0m" : name).utf8)
    escape(line.message, quote: false, &bytes)
    for (name, value) in line.fields {
      bytes.append(contentsOf: "  \(name)=".utf8)
      escape(value, quote: false, &bytes)
    }
  }

  /// Control bytes never go out as they are: a value cannot begin a line of its own or steer a terminal.
  private func escape(_ text: String, quote: Bool, _ bytes: inout [UInt8]) {
    for byte in text.utf8.prefix(Self.shownBytes(of: text)) {
      switch byte {
      case 0x22 where quote, 0x5c where quote: bytes.append(contentsOf: [0x5c, byte])
      case 0x0a: bytes.append(contentsOf: "\\n".utf8)
      case 0x0d: bytes.append(contentsOf: "\\r".utf8)
      case 0x09: bytes.append(contentsOf: "\\t".utf8)
      case 0..<0x20, 0x7f:
        let digits = Array("0123456789abcdef".utf8)
        bytes.append(contentsOf: "\\u00".utf8)
        bytes.append(contentsOf: [digits[Int(byte >> 4)], digits[Int(byte & 15)]])
      default: bytes.append(byte)
      }
    }
    let left = text.utf8.count - Self.shownBytes(of: text)
    if left > 0 { bytes.append(contentsOf: "… (\(left) bytes more)".utf8) }
  }

  /// How much of a text is written: all, or up to the limit and no part of a character.
  private static func shownBytes(of text: String) -> Int {
    let bytes = text.utf8
    guard bytes.count > textLimitBytes else { return bytes.count }
    var end = bytes.index(bytes.startIndex, offsetBy: textLimitBytes)
    while end > bytes.startIndex, bytes[end] & 0xc0 == 0x80 { end = bytes.index(before: end) }
    return bytes.distance(from: bytes.startIndex, to: end)
  }
}
