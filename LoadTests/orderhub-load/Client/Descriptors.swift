import Glibc

/// How many sockets this process may have.
enum Descriptors {
  /// What is open beside the sockets of a run.
  private static let others = 64

  /// Raises the limit for so many sockets, as far as it may; throws if that is not enough.
  static func require(_ sockets: Int) throws(RunProblem) {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
    let needed = rlim_t(sockets + others)
    if limit.rlim_cur >= needed { return }
    guard limit.rlim_max >= needed else {
      throw RunProblem(
        message:
          "\(sockets) connections need \(needed) open files; the limit is \(limit.rlim_max): raise it (ulimit -n)")
    }
    limit.rlim_cur = needed
    setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
  }
}
