// Historical analysis: reads the warehouse and writes one self-contained document. docs/analysis.md tells the options.
//   dotnet run analysis/eda.cs [--from 2026-01-01] [--to 2026-02-01] [--out FILE] [--connection "Host=…"]
#:project ../Fintech.Analysis/Fintech.Analysis.csproj

return await Fintech.Analysis.EdaCommand.RunAsync(args);
