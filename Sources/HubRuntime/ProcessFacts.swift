import CSystem
import Glibc

/// How much memory the process has in use, in bytes; 0 if the system does not say.
public func processResidentBytes() -> Int64 {
  guard let file = fopen("/proc/self/statm", "re") else { return 0 }
  defer { fclose(file) }
  var line = [CChar](repeating: 0, count: 128)
  guard fgets(&line, Int32(line.count), file) != nil else { return 0 }
  let text = String(decoding: line.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  let words = text.split(separator: " ")
  guard words.count > 1, let pages = Int64(words[1]) else { return 0 }
  return pages * Int64(sysconf(Int32(_SC_PAGESIZE)))
}

/// How many files and sockets the process has open; 0 if the system does not say.
public func processOpenFiles() -> Int64 {
  guard let folder = opendir("/proc/self/fd") else { return 0 }
  defer { closedir(folder) }
  var count: Int64 = 0
  while let entry = readdir(folder) {
    if entry.pointee.d_name.0 != 0x2e { count += 1 }
  }
  // The folder itself is open too, while it is read.
  return max(0, count - 1)
}

/// How much processor time the process has used, in milliseconds.
public func processCPUMillis() -> Int64 {
  var usage = rusage()
  getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
  let seconds = Int64(usage.ru_utime.tv_sec) + Int64(usage.ru_stime.tv_sec)
  return seconds * 1_000 + (Int64(usage.ru_utime.tv_usec) + Int64(usage.ru_stime.tv_usec)) / 1_000
}

extension Metrics {
  /// Adds what there is to say of the process: memory, files, processor time, uptime. Call it once.
  public func addProcess() {
    let start = monotonicMicros()
    gauge(.processResidentMemoryBytes) { processResidentBytes() }
    gauge(.processOpenFiles) { processOpenFiles() }
    gauge(.processCPUMilliseconds) { processCPUMillis() }
    gauge(.processUptimeSeconds) { Int64((monotonicMicros() - start) / 1_000_000) }
  }
}

/// Holds the C allocator to two arenas: with one a thread, freed memory stays in each. Call it first.
public func tuneAllocator() {
  _ = mallopt(M_ARENA_MAX, 2)
}

/// Gives memory that was freed back to the system, which the C allocator otherwise keeps for itself. It looks through all
/// that is free and takes some milliseconds: for after a flood.
public func releaseFreeMemory() { malloc_trim(0) }

/// Lets the process open as many files and sockets as it may have at all: the limit that shells set is meant for
/// programs that can count to 1,024 only. How many that is then; 0 if the system does not say.
public func raiseDescriptorLimit() -> Int {
  var limit = rlimit()
  guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 0 }
  let before = limit.rlim_cur
  limit.rlim_cur = limit.rlim_max
  let isRaised = setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0
  return Int(clamping: isRaised ? limit.rlim_max : before)
}
