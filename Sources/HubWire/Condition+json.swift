public import HubContracts

extension Condition {
  /// Writes it as an object: `{"name","ok","state","found","wanted","remedy"}`.
  public func write(to json: inout JSONWriter) {
    json.beginObject()
    json.name("name")
    json.string(name)
    json.name("ok")
    json.bool(state == .ok)
    json.name("state")
    json.string(state.rawValue)
    json.name("found")
    json.string(found)
    json.name("wanted")
    json.string(wanted)
    if !remedy.isEmpty {
      json.name("remedy")
      json.string(remedy)
    }
    json.endObject()
  }
}
