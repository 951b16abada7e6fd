"""Reads metrics as Prometheus does. Standard input: a JSON text with the page. Prints samples by name, labels and value."""

import json
import sys

from prometheus_client.openmetrics.parser import text_string_to_metric_families

samples = []
for family in text_string_to_metric_families(json.load(sys.stdin)):
    for sample in family.samples:
        samples.append([sample.name, sample.labels, sample.value])
json.dump(samples, sys.stdout)
