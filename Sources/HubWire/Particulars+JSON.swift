public import Orders

extension Particulars {
  /// Writes an object, a member a value: texts and identities as strings, numbers as numbers, moments in RFC 3339.
  public func write(to json: inout JSONWriter) {
    json.beginObject()
    for entry in entries {
      json.name(text: entry.name.text)
      entry.value.write(to: &json)
    }
    json.endObject()
  }
}

extension Particular {
  fileprivate func write(to json: inout JSONWriter) {
    switch self {
    case .text(let text): json.string(text)
    case .whole(let number): json.number(number)
    case .money(let money): json.money(money)
    case .quantity(let quantity): json.quantity(quantity)
    case .time(let time): json.time(time)
    case .flag(let flag): json.bool(flag)
    case .identity(let id): json.id(id)
    case .list(let records):
      json.beginArray()
      for record in records { record.write(to: &json) }
      json.endArray()
    }
  }
}
