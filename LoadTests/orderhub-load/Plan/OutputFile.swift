import Glibc

/// A file that a run writes at its end: that it cannot be is found before the run, and not after an hour of it.
enum OutputFile {
  /// The file that an option names, nil if it was not given; `-` is the standard output.
  static func named(_ option: String, _ given: GivenOptions) throws(UsageProblem) -> String? {
    guard let path = given.text(option) else { return nil }
    if let fault = fault(of: path) { throw UsageProblem(message: "--\(option) \(path): \(fault)") }
    return path
  }

  /// Why it cannot be written; nil if it can. It is written beside its place and then moved there.
  private static func fault(of path: String) -> String? {
    if path.utf8.elementsEqual("-".utf8) { return nil }
    let slash = path.utf8.lastIndex(of: UInt8(ascii: "/"))
    let folder = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
    if isFolder(path) { return "this is a folder; a file's name is wanted" }
    guard isFolder(folder) else { return "there is no folder \(folder); make it first: mkdir -p \(folder)" }
    return access(folder, W_OK | X_OK) == 0 ? nil : "you may not write into the folder \(folder)"
  }

  private static func isFolder(_ path: String) -> Bool {
    var entry = stat()
    return stat(path, &entry) == 0 && entry.st_mode & S_IFMT == S_IFDIR
  }
}
