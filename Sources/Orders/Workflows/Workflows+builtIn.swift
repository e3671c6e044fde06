// The one list of the workflows that the hub brings along: whoever adds one adds its name here.

extension Workflows {
  /// Those that the hub brings along, for whoever wires a process.
  public static let builtIn: Workflows = {
    do { return try Workflows([.delivery, .pickup]) } catch {
      preconditionFailure("a built-in workflow is wrong: \(error)")
    }
  }()
}
