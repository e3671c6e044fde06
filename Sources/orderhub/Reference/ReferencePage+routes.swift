import API

extension ReferencePage {
  static var routesPage: String {
    var text = """
      # Routes

      For those who write a client: every route of the api. Printed by `orderhub describe routes` from the hub's own table.

      *staff*: admin, employee, system. *+ owner*: also the customer, the seller or the kiosk whose order it is. *everybody*:
      with any token. *all*: without one. The names of bodies are those of `/openapi.json`, which has each member; a browser shows them at
      `/docs/api`. How the routes are used is on the page about [the REST API](rest.md), what they refuse [there
      too](rest.md#errors).


      """
    for group in OrderAPI.routeReference {
      var table = MarkdownTable("route", "who", "does", "takes", "answers")
      for route in group.routes {
        table.add(code(route.route), route.who, route.summary, code(route.body ?? ""), code(route.success))
      }
      text += "## \(group.title)\n\n\(table.text)\n"
    }
    text += """
      A route that takes no body takes `{}` for none. What goes with a picture or a definition by `Accept` is on the page about
      [your own workflow](own-workflow.md#routes-of-workflows); the live side's addresses are [elsewhere](live.md).

      """
    return text
  }
}
