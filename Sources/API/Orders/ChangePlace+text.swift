import HubContracts
import Orders

/// What a client gives as its place in the changes.
enum GivenPlace: Equatable {
  /// One of today's form.
  case place(ChangePlace)
  /// One that a process of another version gave: what it passed over is not told by today's marks.
  case otherForm
  /// None at all.
  case none

  /// Reads one.
  init(_ text: Text) {
    guard text.utf8.count <= ChangePlace.longestText else {
      self = .none
      return
    }
    let dot = UInt8(ascii: ".")
    let form = text.utf8.prefix { $0 != dot }
    let hasForm = (1...2).contains(form.count) && form.allSatisfy { (0x30...0x39).contains($0) }
    let marks = Text(decoding: text.utf8.dropFirst(form.count + 1))
    if hasForm, form.count < text.utf8.count, Text(decoding: form) == ChangePlace.form {
      self = ChangePlace(marksText: marks).map { .place($0) } ?? .none
    } else if hasForm && ChangePlace(marksText: marks) != nil || ChangePlace(marksText: text) != nil {
      self = .otherForm
    } else {
      self = .none
    }
  }
}

extension ChangePlace {
  /// What today's places begin with, before a dot. The first form had neither; its marks were of the orders, and a write
  /// that only its event notes would be passed by them. No place of the first form reads as one with a form, for a mark has
  /// a digit behind its letter.
  ///
  /// It changes with what a mark means.
  static let form: Text = "2"

  private static let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

  /// The form, a dot, and each mark as the shard's letter, the revision in base 36 and, if there is one, a dot and the
  /// order's id; marks are joined by tildes. A place before all has a single tilde.
  var text: String { "\(Self.form.string).\(marksText)" }

  private var marksText: String {
    if marks.isEmpty { return "~" }
    return marks.sorted { $0.key < $1.key }.map { shard, mark in
      let letter = String(decoding: [Self.letters[shard & 63]], as: UTF8.self)
      return letter + String(mark.revision, radix: 36) + (mark.order.map { ".\($0)" } ?? "")
    }.joined(separator: "~")
  }

  /// Reads the marks; nil if these are none.
  fileprivate init?(marksText text: Text) {
    self.init(marks: [:])
    if text == "~" { return }
    for part in text.split(on: UInt8(ascii: "~")) {
      guard let first = part.utf8.first, let shard = Self.letters.firstIndex(of: first), marks[shard] == nil else {
        return nil
      }
      let words = Text(decoding: part.utf8.dropFirst()).split(on: UInt8(ascii: "."))
      guard (1...2).contains(words.count), let number = words.first, (1...13).contains(number.utf8.count),
        number.utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x7a).contains($0) }),
        let revision = Int64(number.string, radix: 36)
      else { return nil }
      var mark = Mark(revision: revision)
      if words.count == 2 {
        guard let order = OrderID(words[1]) else { return nil }
        mark.order = order
      }
      marks[shard] = mark
    }
  }

  /// The form and its dot, and 64 marks of a letter, 13 digits, a dot, an id and a tilde.
  fileprivate static let longestText = 3 + 64 * (1 + 13 + 1 + 24 + 1)
}
