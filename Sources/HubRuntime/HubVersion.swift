/// Which hub this is, whichever of its programs and processes says so.
public enum HubVersion {
  /// The version.
  public static let text = "0.1.0"
}
