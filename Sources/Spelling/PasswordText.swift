import CUnicode
public import Orders

/// Why a password cannot be taken; the text may be shown, for it names a kind and no character.
public enum PasswordDefect: Error, Sendable, Equatable {
  /// There is nothing in it.
  case empty
  /// What RFC 8264 lets no password hold: a control character, one that is not seen, one that is not assigned.
  case forbidden
  /// More than 30 combining marks in a row, which no writing has (Unicode Standard Annex 15, stream-safe text).
  case tooManyMarks

  /// For whoever chose it.
  public var explanation: String {
    switch self {
    case .empty: "the password is empty"
    case .forbidden: "the password holds a control character, or one that is not seen or not assigned"
    case .tooManyMarks: "the password holds more than 30 combining marks in a row"
    }
  }
}

/// A password as it is hashed: the profile OpaqueString of RFC 8265, the successor of SASLprep.
///
/// A blank of any width is a blank, and letters are put together (NFC), so that it is one password whatever the keyboard
/// makes of an accent. Nothing else is changed: neither case, nor blanks around it. Of the rules that look at neighbours
/// only that of the joiners is kept; the others guard names against being mistaken for each other.
public struct PasswordText: Sendable {
  /// The prepared password.
  public let text: String

  private static let marksInARow = 30

  /// Prepares a password as it was typed. It costs what its length costs.
  public init(_ typed: Text) throws(PasswordDefect) {
    guard !typed.isEmpty else { throw .empty }
    if typed.utf8.allSatisfy({ (0x20...0x7e).contains($0) }) {
      text = typed.string
      return
    }
    var view = String.UnicodeScalarView()
    var marks = 0
    for scalar in typed.string.unicodeScalars {
      marks = hub_combining_class(scalar.value) == 0 ? 0 : marks + 1
      if marks > Self.marksInARow { throw .tooManyMarks }
      view.append(hub_is_blank(scalar.value) ? " " : scalar)
    }
    guard let composed = composed(String(view)) else { throw .forbidden }
    var before: UInt8 = 0
    for scalar in composed.unicodeScalars {
      // A joiner stands behind a virama alone (RFC 5892, A.1 and A.2).
      let isJoiner = scalar.value == 0x200c || scalar.value == 0x200d
      if isJoiner ? before != 9 : hub_is_outside_freeform(scalar.value) { throw .forbidden }
      before = hub_combining_class(scalar.value)
    }
    text = composed
  }
}
