import HubRuntime

extension ReferencePage {
  static var settingsPage: String {
    var table = MarkdownTable("setting", "default", "meaning", "allowed")
    for key in SettingKey.allCases { table.add(code(key.rawValue), code(key.standard), key.meaning, key.allowed) }
    return """
      # Settings

      For those who run a hub: every setting. Printed by `orderhub describe settings` from the hub's own table. What the
      processes do with them is on the page about [running a hub](operating.md); what is bounded, and where, on that of the
      [limits](limits.md).

      Settings come from the environment, then, while a hub that `scripts/run` started in the working directory runs (and so
      holds `.data/run.lock`), from `.data/running.env`, then from `.env`; `scripts/run` writes one with a random secret at
      its first start. Tools say on the standard error which database they talk to. All are checked at start and every
      problem is told at once. A `JWT_SECRET` under 32 bytes is refused. `.env.example` has them all with their defaults;
      `orderhub doctor` says what is wrong with those that you have.

      \(table.text)
      `TIME_ZONE` and `CURRENCY` are for tenants that have [none of their own](tenant.md). `SECRETS_KEY` and
      `SECRETS_KEYS_OLD` seal [secrets](security.md#sealed-secrets). `LIVE_NAME` is for [load
      balancers](operating.md#load-balancers).

      `scripts/run` starts a MongoDB and a Redis of its own unless `MONGODB_URI` or `REDIS_URL` is set. Both ask for a
      password, new at each start and in `.data/running.env`, which like `.env`, data and logs only its owner may read. The
      scripts know [more variables](developing.md#scripts).

      """
  }
}
