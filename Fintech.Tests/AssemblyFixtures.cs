using Fintech.Tests;
using Xunit;

[assembly: AssemblyFixture(typeof(Servers))]
