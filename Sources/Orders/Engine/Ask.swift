/// What a change asks to be done outside of it, and not within its transaction: it is written down there.
public enum Ask: Sendable, Equatable {
  /// This happens to the order at that moment; one of this name that waits is put off to it.
  case startTimer(ParticularName, event: WorkflowEvent, at: Timestamp)
  /// It does not any more.
  case stopTimer(ParticularName)
  /// Somebody is told, by this template.
  case notify(Text)
  /// A partner is asked.
  case call(Text)
}
