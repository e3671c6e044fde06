public import HubContracts
import Orders

extension User {
  /// Writes the user; of its password only whether there is one.
  public func write(to json: inout JSONWriter) {
    json.beginObject()
    json.member("tenant", tenant.text)
    json.member("user", name.text)
    json.member("name", displayName)
    json.member("role", roleWord)
    json.member("disabled", isDisabled)
    json.member("hasPassword", hasPassword)
    json.member("createdAt", createdAt)
    json.member("updatedAt", updatedAt)
    json.endObject()
  }
}
