import Orders

/// The objects `{"_placeholder":true,"num":n}` that stand for attachments in the JSON of a binary packet.
enum Placeholders {
  private struct Level {
    var isObject: Bool
    var isPlaceholder = false
    var number: ArraySlice<UInt8>?
  }

  /// Whether each names one of `count` attachments. `json` is well-formed.
  static func areValid(in json: ArraySlice<UInt8>, count: Int) -> Bool {
    var levels: [Level] = []
    var key: Text?
    var position = json.startIndex
    while position < json.endIndex {
      let byte = json[position]
      var end = position + 1
      switch byte {
      case 0x7b, 0x5b:
        levels.append(Level(isObject: byte == 0x7b))
        key = nil
      case 0x7d, 0x5d:
        if let level = levels.popLast(), level.isPlaceholder, !isIndex(level.number, below: count) { return false }
      case 0x2c: key = nil
      case 0x22:
        end = endOfString(json, position)
        if key == nil, levels.last?.isObject == true { key = SocketIOArguments.text(json[position..<end]) ?? "" }
      case 0x20, 0x09, 0x0a, 0x0d, 0x3a: break
      default:
        end = json[position...].firstIndex { $0 <= 0x20 || $0 == 0x2c || $0 == 0x5d || $0 == 0x7d } ?? json.endIndex
        note(json[position..<end], under: key, in: &levels)
      }
      position = end
    }
    return true
  }

  private static func note(_ scalar: ArraySlice<UInt8>, under key: Text?, in levels: inout [Level]) {
    guard let last = levels.indices.last, levels[last].isObject else { return }
    if key == "_placeholder" { levels[last].isPlaceholder = scalar.first == 0x74 }
    if key == "num" { levels[last].number = scalar }
  }

  private static func isIndex(_ number: ArraySlice<UInt8>?, below count: Int) -> Bool {
    guard let number, number.count <= 3 else { return false }
    var value = 0
    for digit in number {
      guard (0x30...0x39).contains(digit) else { return false }
      value = value * 10 + Int(digit - 0x30)
    }
    return value < count
  }

  private static func endOfString(_ json: ArraySlice<UInt8>, _ start: Int) -> Int {
    var position = start + 1
    while position < json.endIndex, json[position] != 0x22 { position += json[position] == 0x5c ? 2 : 1 }
    return min(position + 1, json.endIndex)
  }
}
