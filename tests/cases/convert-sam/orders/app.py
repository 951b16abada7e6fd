def create(event, context): pass
