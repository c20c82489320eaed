using Keylime.Fuzz;
using Keylime.Fuzz.Coverage;

EdgeMap.Ignore();
return Arguments.TryParse(args, out var arguments) ? Session.Run(arguments) : 2;
