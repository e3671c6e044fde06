import Glibc

/// Sleeps so long on the calling thread, which must be one of our own.
func sleepNs(_ duration: Int64) {
  var wanted = timespec(tv_sec: Int(duration / 1_000_000_000), tv_nsec: Int(duration % 1_000_000_000))
  nanosleep(&wanted, nil)
}
