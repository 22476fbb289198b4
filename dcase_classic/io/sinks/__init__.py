"""Who is told of alarms: lines, brokers, hooks, metrics, commands."""
