import HubRuntime
import Orders

/// Whoever wants to hear whose settings were changed.
final class TenantEar: Sendable {
  private let listener = Locked<(@Sendable (TenantID) -> Void)?>(nil)

  func listen(_ body: @escaping @Sendable (TenantID) -> Void) { listener.with { $0 = body } }

  /// What is no tenant's name was not said by a hub.
  func hear(_ name: UnsafeRawBufferPointer) {
    guard name.count <= 64, let tenant = TenantID(Text(decoding: name)) else { return }
    listener.with { $0 }?(tenant)
  }
}
