using Fintech.Analysis.Figures;
namespace Fintech.Analysis.Document;
internal static class EdaDocument { public static string Write(AnalysisData data) => data.Warehouse; }
