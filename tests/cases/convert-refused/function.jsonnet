local env = std.extVar('env');
{ FunctionName: env + '-f' }
