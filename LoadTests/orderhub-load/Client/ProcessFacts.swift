import Glibc

/// What the system tells of a process on this machine.
struct ProcessSample: Sendable, Equatable {
  let processID: Int32
  let name: String
  let cpuSeconds: Double
  let residentBytes: Int64

  /// Reads it; nil if there is no such process.
  static func of(_ processID: Int32) -> ProcessSample? {
    guard let stat = SystemFile.text("/proc/\(processID)/stat") else { return nil }
    return ProcessSample(processID: processID, stat: stat, name: name(processID))
  }

  /// Understands the line of `stat`. The name in it may hold anything, so fields count from the last bracket.
  init?(processID: Int32, stat: String, name: String?) {
    guard let open = stat.firstIndex(of: "("), let end = stat.lastIndex(of: ")") else { return nil }
    let fields = stat[stat.index(after: end)...].split(separator: " ")
    guard fields.count > 21, let user = Double(fields[11]), let system = Double(fields[12]),
      let pages = Int64(fields[21])
    else { return nil }
    self.processID = processID
    self.name = name ?? String(stat[stat.index(after: open)..<end])
    cpuSeconds = (user + system) / Double(max(1, sysconf(Int32(_SC_CLK_TCK))))
    residentBytes = pages * Int64(sysconf(Int32(_SC_PAGESIZE)))
  }

  /// The program and its first word: `orderhub api`.
  private static func name(_ processID: Int32) -> String? {
    guard let line = SystemFile.text("/proc/\(processID)/cmdline"), !line.isEmpty else { return nil }
    let words = line.split(separator: "\0").prefix(2)
    guard let program = words.first?.split(separator: "/").last else { return nil }
    return words.count > 1 && !words[1].hasPrefix("-") ? "\(program) \(words[1])" : String(program)
  }

  /// What this sample and an earlier one say of the time between.
  func use(since earlier: ProcessSample, seconds: Double) -> RunFigures.ProcessUse {
    RunFigures.ProcessUse(
      name: name, processID: processID, cores: seconds > 0 ? (cpuSeconds - earlier.cpuSeconds) / seconds : 0,
      residentBytes: residentBytes)
  }
}

/// Finds who listens on a port of this machine.
enum PortOwner {
  /// How often the system's table is looked at: it comes in parts, and where sockets come and go between two of them a
  /// row may be passed over.
  private static let looksLimit = 5

  /// The process that listens on a TCP port; nil if it cannot be seen, as another user's.
  static func processID(listeningOn port: UInt16) -> Int32? {
    for _ in 0..<looksLimit {
      for table in ["/proc/net/tcp", "/proc/net/tcp6"] {
        guard let text = SystemFile.text(table), let inode = inode(of: port, in: text) else { continue }
        if let found = owner(of: inode) { return found }
      }
    }
    return nil
  }

  /// The inode of the listening socket, from the system's table; nil if none listens.
  static func inode(of port: UInt16, in table: String) -> String? {
    for line in table.split(separator: "\n").dropFirst() {
      let fields = line.split(separator: " ")
      // 0A is the state of a socket that listens.
      guard fields.count > 9, fields[3] == "0A", let colon = fields[1].lastIndex(of: ":"),
        UInt16(fields[1][fields[1].index(after: colon)...], radix: 16) == port
      else { continue }
      return String(fields[9])
    }
    return nil
  }

  private static func owner(of inode: String) -> Int32? {
    let wanted = "socket:[\(inode)]"
    return names(in: "/proc").lazy.compactMap { Int32($0) }.first { process in
      let folder = "/proc/\(process)/fd"
      return names(in: folder).contains { target(of: "\(folder)/\($0)") == wanted }
    }
  }

  /// The names in a folder of the system's; none if it may not be read. Processes come and go meanwhile, at which
  /// Foundation's own listing gives up.
  private static func names(in folder: String) -> [String] {
    guard let listing = opendir(folder) else { return [] }
    defer { closedir(listing) }
    var names: [String] = []
    while let entry = readdir(listing) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if !name.hasPrefix(".") { names.append(name) }
    }
    return names
  }

  private static func target(of link: String) -> String? {
    var bytes = [UInt8](repeating: 0, count: 64)
    let count = bytes.withUnsafeMutableBytes { buffer in
      guard let start = buffer.baseAddress else { return 0 }
      return readlink(link, start.assumingMemoryBound(to: CChar.self), buffer.count)
    }
    return count > 0 ? String(decoding: bytes.prefix(count), as: UTF8.self) : nil
  }
}

/// A file that the system makes up as it is read: it has no size, and may be longer with each look.
enum SystemFile {
  private static let limitBytes = 64 * 1_024 * 1_024

  /// Its text, up to a limit; nil if it cannot be read.
  static func text(_ path: String) -> String? {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return nil }
    defer { close(file) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while bytes.count < limitBytes {
      let count = read(file, &chunk, chunk.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { return nil }
      if count == 0 { break }
      bytes += chunk[..<count]
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
