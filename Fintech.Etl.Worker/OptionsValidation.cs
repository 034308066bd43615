using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Fintech.Etl.Worker;

internal static class OptionsValidation
{
    /// <summary>
    /// At start, by the options' own rules, with every fault as the sentence they give it:
    /// <c>ValidateDataAnnotations</c> wraps each in words of its own.
    /// </summary>
    public static OptionsBuilder<T> ValidateItself<T>(this OptionsBuilder<T> builder) where T : class, IValidatableObject
    {
        builder.Services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<T>, SelfValidation<T>>());    // Two features may share options.
        return builder.ValidateOnStart();
    }

    private sealed class SelfValidation<T> : IValidateOptions<T> where T : class, IValidatableObject
    {
        public ValidateOptionsResult Validate(string? name, T options)
        {
            var faults = options.Validate(new ValidationContext(options)).Select(fault => fault.ErrorMessage!).ToList();
            return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
        }
    }
}
