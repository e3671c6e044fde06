import HubContracts
import HubRuntime
import HubWire

extension Subcommand {
  static let doctor = Subcommand(
    name: "doctor", summary: "look at all that a hub needs, and say what mends it", usage: "[--servers] [--json]",
    options: [
      Option(name: "servers", value: nil, summary: "MongoDB and Redis only, not the settings and this machine"),
      Option(name: "json", value: nil, summary: "print it as JSON"),
    ],
    notes: """
      It changes nothing. Each line says what is and what should be; where that differs, the next one says what mends it.
      Exit status 1 if anything is unmet. Run it where the hub's settings are.
      """
  ) { arguments in
    let isJSON = arguments.has("json")
    do throws(SettingsError) {
      _ = try Settings.read(needsSecret: false)
    } catch {
      return report([PlaceConditions.invalid(error)], isJSON)
    }
    guard let wiring = Wiring(needsSecret: false) else { return Program.Exit.failure }
    printError("database: \(wiring.settings.mongo.shown)")
    var conditions = await wiring.serverConditions()
    if !arguments.has("servers") {
      conditions += PlaceConditions.all(wiring.settings, descriptorLimit: wiring.descriptorLimit)
    }
    wiring.logWriter.close()
    return report(conditions, isJSON)
  }

  private static func report(_ conditions: [Condition], _ isJSON: Bool) -> Int32 {
    let isWell = !conditions.contains { $0.state == .unmet }
    if isJSON {
      var json = JSONWriter()
      json.beginObject()
      json.name("ok")
      json.bool(isWell)
      json.name("conditions")
      json.beginArray()
      for condition in conditions { condition.write(to: &json) }
      json.endArray()
      json.endObject()
      print(String(decoding: json.bytes, as: UTF8.self))
    } else {
      printTable(conditions)
    }
    return isWell ? Program.Exit.ok : Program.Exit.failure
  }

  private static func printTable(_ conditions: [Condition]) {
    func width(_ heading: String, _ text: (Condition) -> String) -> Int {
      min(48, max(heading.count, conditions.map { text($0).count }.max() ?? 0))
    }
    let names = width("what", \.name)
    let found = width("is", \.found)
    print("\("state".padded(to: 8))  \("what".padded(to: names))  \("is".padded(to: found))  should be")
    for condition in conditions {
      print(
        "\(condition.state.rawValue.padded(to: 8))  \(condition.name.padded(to: names))  "
          + "\(condition.found.padded(to: found))  \(condition.wanted)")
      if !condition.remedy.isEmpty { print("\(String(repeating: " ", count: 10))mend it: \(condition.remedy)") }
    }
  }
}
