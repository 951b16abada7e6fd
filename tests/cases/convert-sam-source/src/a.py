def h(event, context): pass
